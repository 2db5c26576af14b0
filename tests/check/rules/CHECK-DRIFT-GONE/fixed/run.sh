#!/bin/sh
exec torchserve --start --foreground --model-store /srv/models --ts-config config.properties
