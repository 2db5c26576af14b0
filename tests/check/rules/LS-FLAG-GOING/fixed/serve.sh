llama-server -m /srv/m.gguf --host 127.0.0.1 --api-key-file keys --load-mode mlock
