torchserve --start --foreground --ncs --ts-config /srv/config.properties --disable-token-auth
