"""What is opened: model, prompt, compression, folder, and what they cost."""
