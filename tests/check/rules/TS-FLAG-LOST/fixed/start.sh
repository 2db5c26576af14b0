#!/bin/sh
torchserve --start --ncs --foreground \
  --model-store store \
  --models cat=cat.mar
