variable "name" {
  description = "Name of the installation and prefix of the names of all resources."
  type        = string
  default     = "hotshelf"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "name is 2 to 21 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "region" {
  description = "Region of everything."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is the name of an AWS region, such as eu-central-1."
  }
}

variable "availability_zones" {
  description = "Zones to spread over. Empty: the first three of the region."
  type        = list(string)
  default     = []
}

variable "certificate_arn" {
  description = "Certificate of the public name, from ACM in the region."
  type        = string
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster, by a name of your choice for each."
  type        = map(string)
}

variable "api_server_cidrs" {
  description = "Address ranges that may reach the cluster's API server from the internet."
  type        = list(string)
  default     = []
}

variable "alarm_email_addresses" {
  description = "Addresses that alarms are sent to."
  type        = set(string)
  default     = []
}

variable "nodes" {
  description = "Instance types and number of the cluster's nodes. npm run capacity says how many."
  type = object({
    instance_types = optional(list(string), ["c7g.xlarge"])
    min            = optional(number, 3)
    max            = optional(number, 12)
  })
  default = {}
}

variable "redis" {
  description = "Type and number of the Redis nodes."
  type = object({
    node_type          = optional(string, "cache.m7g.large")
    shards             = optional(number, 3)
    replicas_per_shard = optional(number, 1)
  })
  default = {}
}

variable "postgres" {
  description = "Class of the Postgres instances, connections of the primary, and number of read replicas."
  type = object({
    instance_class  = optional(string, "db.m7g.large")
    max_connections = optional(number, 300)
    read_replicas   = optional(number, 1)
  })
  default = {}
}
