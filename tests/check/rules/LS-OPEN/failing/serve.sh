# llama.cpp b11669
llama-server -m /srv/m.gguf --host 0.0.0.0 --port 8080
