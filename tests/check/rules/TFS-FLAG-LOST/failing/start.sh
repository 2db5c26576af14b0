tensorflow_model_server \
  --model_config_file=/srv/models.config
  --rest_api_port=8501
