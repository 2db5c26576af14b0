# llama.cpp b11669
llama-server -m /srv/m.gguf --port 8080 --api-key 9f1c55aa03
