# llama.cpp b11669
llama-server --models-dir /srv/gguf --port 8080 --api-key-file keys
