"""The restrictions the customer set (RNF-002 and others), each as a check that names file, line and way out.

Standard library only: it has to run on a machine where nothing of the product is installed.
"""
