"""The screen: a Gradio page over `core.workbench`, and the command line."""
