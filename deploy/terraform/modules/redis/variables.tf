variable "name" {
  description = "Name of the replication group and prefix of the names of all its resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "name is 2 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "VPC of the nodes."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the nodes, in two zones at least."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids names subnets of two zones at least: a replica lies in another zone than its primary."
  }
}

variable "client_security_group_ids" {
  description = "Security groups that may connect, by a name of your choice for each."
  type        = map(string)
}

variable "engine" {
  description = "Engine and its version. The service is tested with Redis 7, Redis 8 and Valkey 8; ElastiCache has Redis up to 7.1."
  type = object({
    name             = optional(string, "valkey")
    version          = optional(string, "8.0")
    parameter_family = optional(string, "valkey8")
  })
  default = {}

  validation {
    condition     = contains(["valkey", "redis"], var.engine.name)
    error_message = "engine.name is valkey or redis."
  }
}

variable "node_type" {
  description = "Type of every node: one of Graviton. docs/scaling.md has the arithmetic."
  type        = string
  default     = "cache.m7g.large"

  validation {
    condition     = can(regex("^cache\\.[a-z]+[0-9]+gd?n?\\.", var.node_type))
    error_message = "node_type is a Graviton type, such as cache.m7g.large."
  }
}

variable "shards" {
  description = "Primaries over which the keys are spread."
  type        = number
  default     = 3

  validation {
    condition     = var.shards >= 1 && var.shards <= 90 && floor(var.shards) == var.shards
    error_message = "shards is a whole number from 1 to 90."
  }
}

variable "replicas_per_shard" {
  description = "Replicas of each primary. One takes over if the primary fails."
  type        = number
  default     = 1

  validation {
    condition     = var.replicas_per_shard >= 1 && var.replicas_per_shard <= 5 && floor(var.replicas_per_shard) == var.replicas_per_shard
    error_message = "replicas_per_shard is a whole number from 1 to 5: without a replica the loss of a node loses a shard's slots until it is replaced."
  }
}

variable "key_prefix" {
  description = "What every key begins with: REDIS_PREFIX of the service. The user may touch no other key."
  type        = string
  default     = "hotshelf:"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$", var.key_prefix))
    error_message = "key_prefix is 1 to 64 letters, digits, dots, underscores, colons or hyphens, a letter or digit first."
  }
}

variable "maintenance_window" {
  description = "Weekly time of maintenance in UTC."
  type        = string
  default     = "tue:03:00-tue:04:00"
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the slow log."
  type        = number
  default     = 14
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
