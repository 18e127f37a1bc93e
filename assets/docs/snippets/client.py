"""Ask a running page for its numbers."""

from gradio_client import Client

client = Client("http://127.0.0.1:7860", verbose=False)
print(client.predict(5, 0.0, 1.0, api_name="/summary"))  # depth, lam, gamma
print(client.predict(api_name="/runs"))
client.close()
