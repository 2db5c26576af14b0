torchserve --start --model-store /srv/models
