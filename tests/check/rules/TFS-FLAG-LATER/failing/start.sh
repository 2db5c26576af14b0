docker run -p 127.0.0.1:8501:8501 -v /srv/models:/models tensorflow/serving:2.4.4 --model_config_file=/models/models.config --rest_api_enable_cors_support=false
