torchserve --start --foreground --ncs --ts-config /srv/config.properties
