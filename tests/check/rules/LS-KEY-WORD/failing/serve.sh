# llama.cpp b11669
llama-server -m /srv/m.gguf --port 8080 --api-key dummy
