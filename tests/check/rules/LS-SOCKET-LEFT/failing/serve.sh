# llama.cpp b11669
llama-server -m /srv/m.gguf --host /run/llama.sock
