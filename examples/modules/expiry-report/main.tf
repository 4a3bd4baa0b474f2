terraform {
  required_version = ">= 1.8"

  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# One request, whatever the number of connections.
data "infisical_gitlab_connections" "all" {
  project_id = var.project_id
}

locals {
  now = plantimestamp()

  # The number of each day, counted from a fixed one (the Julian day number), so that dates can be subtracted.
  dates = merge({ for key, token in var.tokens : key => token.expires_at if try(token.expires_at, null) != null }, { "" = formatdate("YYYY-MM-DD", local.now) })
  parts = { for key, date in local.dates : key => [for part in split("-", date) : tonumber(part)] }
  march = { for key, part in local.parts : key => { year = part[0] + 4800 - (part[1] < 3 ? 1 : 0), month = part[1] + (part[1] < 3 ? 9 : -3), day = part[2] } }
  days = { for key, date in local.march : key =>
    date.day + floor((153 * date.month + 2) / 5) + 365 * date.year + floor(date.year / 4) - floor(date.year / 100) + floor(date.year / 400)
  }

  # A token stops working at 00:00 UTC of its date, so today's hours do not count as a full day.
  begun = formatdate("hh:mm:ss", local.now) == "00:00:00" ? 0 : 1

  report = {
    for key, token in var.tokens : key => {
      name         = try(token.name, null)
      type         = try(token.type, null)
      expires_at   = try(token.expires_at, null)
      days_left    = try(local.days[key] - local.days[""] - local.begun, null)
      rotation_due = try(token.rotation_due, null)
    }
  }

  expiring = { for key, token in local.report : key => token if token.days_left == null ? false : token.days_left < var.least_days }
}

check "tokens_last" {
  assert {
    condition = length(local.expiring) == 0
    error_message = format("GitLab tokens with fewer than %d days: %s. Replace them, or apply where a managed token is due.", var.least_days,
    join(", ", [for key, token in local.expiring : format("%s (%s, expires %s)", key, coalesce(token.name, "no name"), token.expires_at)]))
  }
}
