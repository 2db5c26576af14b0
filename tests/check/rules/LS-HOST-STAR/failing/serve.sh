# llama.cpp b11669
llama-server -m /srv/m.gguf --host '*' --port 8080 --api-key-file keys
