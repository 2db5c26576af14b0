docker run -p 127.0.0.1:8080:8080 -e TS_JOB_QUEUE_SIZE=10 pytorch/torchserve:0.12.0-cpu
