torchserve --start --ncs --model-store /srv/models --models cat.mar
