torchserve --start --foreground --ncs --model-store /srv/models --models a.mar b.mar
