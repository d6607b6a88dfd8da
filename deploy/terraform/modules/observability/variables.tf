variable "name" {
  description = "Prefix of the names of all alarms."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "name is 2 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "email_addresses" {
  description = "Addresses that alarms are sent to. Each has to confirm by a message."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.email_addresses : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "email_addresses holds addresses."
  }
}

variable "edge" {
  description = "The balancer and its target group as CloudWatch names them: output metric_names of the module edge."
  type = object({
    load_balancer = string
    target_group  = string
  })
}

variable "redis_node_ids" {
  description = "Ids of the Redis nodes: output node_ids of the module redis."
  type        = list(string)
}

variable "postgres_instance_ids" {
  description = "Identifiers of the Postgres instances, the primary first: output instance_ids of the module postgres."
  type        = list(string)

  validation {
    condition     = length(var.postgres_instance_ids) >= 1
    error_message = "postgres_instance_ids names the primary at least."
  }
}

variable "limits" {
  description = "What an alarm fires at: the share of answers that are server errors, the p99 in seconds, percentages of processors, memory and connections, GiB of free disk, and seconds that a replica lags."
  type = object({
    error_ratio          = optional(number, 0.001)
    p99_seconds          = optional(number, 0.1)
    redis_cpu_percent    = optional(number, 70)
    redis_memory_percent = optional(number, 90)
    postgres_cpu_percent = optional(number, 70)
    postgres_connections = optional(number, 240)
    postgres_free_gib    = optional(number, 10)
    replica_lag_seconds  = optional(number, 60)
  })
  default = {}

  validation {
    condition     = var.limits.error_ratio > 0 && var.limits.error_ratio < 1
    error_message = "limits.error_ratio is between 0 and 1."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
