"""The manifest of the customer's own internal app: paste it at api.slack.com/apps, install, copy the tokens."""

from bot.slack.doctor import SCOPES

_HEAD = """\
# Slack: https://api.slack.com/apps > Create New App > From a manifest. Then Install to Workspace, copy the Bot User
# OAuth Token (xoxb-…) into SLACK_BOT_TOKEN, and /invite the bot to each channel of rules/channels.yaml.
# Buttons are optional: Basic Information > App-Level Tokens > Generate, scope connections:write, into SLACK_APP_TOKEN.
# Written by `bot slack manifest`.
display_information:
  name: Care access monitor
  description: Alerts on access to care and labour disputes, with the words that set them off
  background_color: "#1f3a5f"
features:
  bot_user:
    display_name: care-access-monitor
    always_online: true
oauth_config:
  scopes:
    bot:
"""
_TAIL = """\
settings:
  interactivity:
    is_enabled: true
  org_deploy_enabled: false
  socket_mode_enabled: true
  token_rotation_enabled: false
"""


def manifest() -> str:
    """Return the manifest as YAML."""
    scopes = "".join(f"      - {scope} # {purpose}\n" for scope, purpose in SCOPES.items())
    return f"{_HEAD}{scopes}{_TAIL}"
