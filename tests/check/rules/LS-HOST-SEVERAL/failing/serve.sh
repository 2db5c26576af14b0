# llama.cpp b10434
llama-server -m /srv/m.gguf --host 127.0.0.1,127.0.0.2 --port 8080 --api-key-file keys
