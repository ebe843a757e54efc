"""The Gradio app: one file a tab. Nothing here imports torch."""
