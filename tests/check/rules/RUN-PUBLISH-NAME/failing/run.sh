docker run --rm -p localhost:8501:8501 -v ./cat:/models/cat -e MODEL_NAME=cat tensorflow/serving:2.19.1
