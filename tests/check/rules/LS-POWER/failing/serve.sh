# llama.cpp b11669
llama-server -m /srv/m.gguf --port 8080 --slot-save-path /srv/slots
