"""What llama-server loads, recognised by its header: GGUF files, whole or in parts."""
