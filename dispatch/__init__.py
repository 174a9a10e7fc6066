"""The product: inspections are offered, agreed and followed to their end over WhatsApp.

app: builds the Flask app.
ops_webhook: posts alarms to OPS_WEBHOOK_URL.
redis_client: the process's Redis client.
shelf: keeps webhook forms in Redis while MongoDB does not answer.
stores: connects to MongoDB and Redis; pings for the health check.
"""
