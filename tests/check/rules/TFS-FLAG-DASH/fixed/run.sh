docker run --rm --init -p 127.0.0.1:8501:8501 -v /srv/models:/models tensorflow/serving:2.19.1 --model_config_file=/models/models.config
