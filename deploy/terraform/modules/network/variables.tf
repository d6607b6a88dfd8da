variable "name" {
  description = "Prefix of the names of all resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "name is 2 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "cidr" {
  description = "Address range of the VPC. It is cut into one public, one private and one data subnet per zone."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && tonumber(split("/", var.cidr)[1]) <= 18
    error_message = "cidr is an IPv4 range of /18 or larger: pods take addresses of the private subnets."
  }
}

variable "availability_zones" {
  description = "Zones to spread over. Redis and Postgres fail over between them."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 4 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones holds two to four different zones."
  }
}

variable "nat_gateway_per_zone" {
  description = "Whether each zone has a NAT gateway of its own. With one for all, the loss of its zone cuts the others off from image registries."
  type        = bool
  default     = true
}

variable "flow_log_retention_days" {
  description = "Days for which CloudWatch keeps the flow logs of rejected connections."
  type        = number
  default     = 14

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365], var.flow_log_retention_days)
    error_message = "flow_log_retention_days is a period that CloudWatch Logs has: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180 or 365."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
