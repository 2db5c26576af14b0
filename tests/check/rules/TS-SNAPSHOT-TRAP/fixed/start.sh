torchserve --start --ncs --model-store /srv/models
