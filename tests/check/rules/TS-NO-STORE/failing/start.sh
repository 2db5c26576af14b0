torchserve --start --ncs --models cat.mar
