# llama.cpp b11669
rm -f /run/llama.sock
llama-server -m /srv/m.gguf --host /run/llama.sock
