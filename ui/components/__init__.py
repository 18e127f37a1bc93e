"""Custom Gradio components: `gr.HTML` with the JavaScript of `assets/`."""
