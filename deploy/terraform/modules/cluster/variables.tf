variable "name" {
  description = "Name of the cluster and prefix of the names of all its resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "name is 2 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes release of the control plane and the nodes."
  type        = string
  default     = "1.34"

  validation {
    condition     = can(regex("^1\\.(3[0-9]|[4-9][0-9])$", var.kubernetes_version))
    error_message = "kubernetes_version is 1.30 or newer, without a patch number."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the nodes and of the control plane's interfaces, in two zones at least."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids names subnets of two zones at least."
  }
}

variable "api_server_cidrs" {
  description = "Address ranges that may reach the API server from the internet. Empty: it is reached from inside the VPC alone."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.api_server_cidrs : can(cidrhost(cidr, 0)) && cidr != "0.0.0.0/0"])
    error_message = "api_server_cidrs holds IPv4 ranges, and not the whole internet."
  }
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster, by a name of your choice for each."
  type        = map(string)

  validation {
    condition     = length(var.admin_role_arns) > 0 && alltrue([for arn in values(var.admin_role_arns) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", arn))])
    error_message = "admin_role_arns names one IAM role at least: no one else may enter the cluster."
  }
}

variable "nodes" {
  description = "The group of nodes: instance types of Graviton (all with the same number of processors), how many nodes, and the disk of each in GiB."
  type = object({
    instance_types = optional(list(string), ["c7g.xlarge"])
    min            = optional(number, 3)
    max            = optional(number, 12)
    disk_gib       = optional(number, 40)
  })
  default = {}

  validation {
    condition     = alltrue([for type in var.nodes.instance_types : can(regex("^[a-z]+[0-9]+g[a-z]*\\.", type))])
    error_message = "nodes.instance_types are Graviton types, such as c7g.xlarge: an emulated image costs about half of the throughput."
  }

  validation {
    condition     = var.nodes.min >= 2 && var.nodes.max >= var.nodes.min
    error_message = "nodes.min is at least 2, and nodes.max no less than that."
  }

  validation {
    condition     = var.nodes.disk_gib >= 20
    error_message = "nodes.disk_gib is at least 20."
  }
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the logs of the control plane."
  type        = number
  default     = 30
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
