torchserve --start --foreground --ncs --ts-config /srv/config.properties --host 0.0.0.0
