docker run -p 127.0.0.1:8501:8501 -v ./m:/models -v ./models.config:/c/models.config tensorflow/serving:2.19.1 --model_config_file=/c/models.config
