"""Channels: the only code that calls vendors, one package for each channel.

whatsapp: WhatsApp by Twilio.
"""
