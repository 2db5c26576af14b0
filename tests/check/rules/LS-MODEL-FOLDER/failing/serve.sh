# llama.cpp b11669
llama-server -m /srv/models/ --port 8080 --api-key-file keys
