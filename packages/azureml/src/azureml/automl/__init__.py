"""What surrounded the automatic choice of an algorithm: `azureml.train.automl` is that itself."""
