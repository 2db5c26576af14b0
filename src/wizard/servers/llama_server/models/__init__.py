"""What llama-server loads, recognised by its header: GGUF files, whole and in parts."""
