# llama.cpp b11669
llama-server -hf ggml-org/gemma-3-1b-it-GGUF --host 127.0.0.1 --port 8080 --api-key-file keys
