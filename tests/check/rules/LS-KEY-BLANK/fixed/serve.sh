# llama.cpp b11669
llama-server -m /srv/m.gguf --host 127.0.0.1 --port 8080 --api-key-file keys
