variable "name" {
  description = "Identifier of the primary and prefix of the names of all its resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "name is 2 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "VPC of the instances."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the instances, in two zones at least."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids names subnets of two zones at least: the standby lies in another zone."
  }
}

variable "client_security_group_ids" {
  description = "Security groups that may connect, by a name of your choice for each."
  type        = map(string)
}

variable "engine_version" {
  description = "Major release of Postgres. RDS chooses the minor one."
  type        = string
  default     = "18"

  validation {
    condition     = can(regex("^(1[6-9]|2[0-9])$", var.engine_version))
    error_message = "engine_version is a major release, 16 or newer."
  }
}

variable "instance_class" {
  description = "Class of the primary and the replicas: one of Graviton."
  type        = string
  default     = "db.m7g.large"

  validation {
    condition     = can(regex("^db\\.[a-z]+[0-9]+g[a-z]*\\.", var.instance_class))
    error_message = "instance_class is a Graviton class, such as db.m7g.large."
  }
}

variable "storage_gib" {
  description = "Disk of an instance in GiB: at the start, and at most."
  type = object({
    initial = optional(number, 50)
    max     = optional(number, 500)
  })
  default = {}

  validation {
    condition     = var.storage_gib.initial >= 20 && var.storage_gib.max > var.storage_gib.initial
    error_message = "storage_gib.initial is at least 20, and storage_gib.max more than that."
  }
}

variable "max_connections" {
  description = "Connections that the primary allows: those of all processes (npm run capacity) and some for people."
  type        = number
  default     = 300

  validation {
    condition     = var.max_connections >= 50 && var.max_connections <= 5000
    error_message = "max_connections is from 50 to 5000."
  }
}

variable "read_replicas" {
  description = "Replicas for reports and exports. The service reads the primary alone: a cache that was filled from a replica that lags would serve an older state."
  type        = number
  default     = 1

  validation {
    condition     = var.read_replicas >= 0 && var.read_replicas <= 5 && floor(var.read_replicas) == var.read_replicas
    error_message = "read_replicas is a whole number from 0 to 5."
  }
}

variable "backup_retention_days" {
  description = "Days for which backups and the write-ahead log are kept."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35
    error_message = "backup_retention_days is from 1 to 35: replicas need backups."
  }
}

variable "maintenance_window" {
  description = "Weekly time of maintenance in UTC."
  type        = string
  default     = "wed:03:00-wed:04:00"
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
