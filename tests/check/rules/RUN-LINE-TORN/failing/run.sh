#!/bin/bash
docker run -d --name tfs \
  -p 127.0.0.1:8501:8501 \
  -v "$(pwd)/models:/models"
  -e MODEL_NAME=cat \
  tensorflow/serving:2.19.1
