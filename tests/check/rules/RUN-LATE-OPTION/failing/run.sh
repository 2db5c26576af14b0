#!/bin/sh
docker run --rm tensorflow/serving:2.19.1 -p 127.0.0.1:8501:8501 -e MODEL_NAME=cat -v /srv/cat:/models/cat
