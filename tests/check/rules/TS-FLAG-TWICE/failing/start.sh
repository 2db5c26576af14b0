torchserve --start --foreground --ncs --ts-config /srv/config.properties --models cat.mar --models dog.mar
