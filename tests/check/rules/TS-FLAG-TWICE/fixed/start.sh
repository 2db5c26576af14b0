torchserve --start --foreground --ncs --ts-config /srv/config.properties --models cat.mar dog.mar
