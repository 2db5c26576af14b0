"""Everything that is true of TorchServe and of no other server.

Knowledge is data with its evidence; the adapter turns it into what the contract asks.
"""
